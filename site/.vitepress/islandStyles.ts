// Styles of the islands. VitePress puts all styles into one file, which every page loads. With this plugin a style comes with its program.
import type { Plugin } from "vite";

const islands = /\/site\/(playground|learn|benchmark)\/.*\.ts$/;
const importOfStyle = /^import "([^"]+\.css)";$/gm;

/** Replaces `import "x.css"` in the programs of islands: the style becomes a part of the program, which adds it to the page once. */
export const islandStyles: Plugin = {
  name: "island-styles",
  enforce: "pre",
  transform(code, id) {
    if (!islands.test(id)) return undefined;
    let count = 0;
    const changed = code.replace(importOfStyle, (_, file) => {
      count += 1;
      return `import style${count} from "${file}?inline"; addStyle(style${count});`;
    });
    if (count === 0) return undefined;
    const helper = new URL("theme/addStyle.ts", import.meta.url).pathname;
    return { code: `import { addStyle } from ${JSON.stringify(helper)}; ${changed}`, map: null };
  },
};
