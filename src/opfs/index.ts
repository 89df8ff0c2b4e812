export { folder, type OpfsStore } from "./folder.js";
