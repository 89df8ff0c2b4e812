export { type HugePages, hugePages } from "../memory/hugePages.js";
export { type FolderStore, folder } from "./folder.js";
export { loadFile, type SaveFileOptions, saveFile } from "./saveFile.js";
