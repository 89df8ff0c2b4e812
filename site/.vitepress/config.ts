import { fileURLToPath } from "node:url";
import { tex } from "@mdit/plugin-tex";
import temml from "temml";
import { type DefaultTheme, defineConfig } from "vitepress";
import { sidebar } from "../generate/sidebar.js";
import { islandStyles } from "./islandStyles.js";
import { korean, koreanSearch } from "./korean.js";
import { tokenize } from "./tokenize.js";

/** The folder of the site on its host, with a slash at both ends. */
const base = process.env.SITE_BASE ?? "/";

const doors = {
  en: ["Learn", "Guide", "Rules", "Playground", "Benchmark"],
  ko: ["배우기", "안내", "규칙", "놀이터", "벤치마크"],
};

function nav(locale: keyof typeof doors): DefaultTheme.NavItem[] {
  const root = locale === "en" ? "" : `/${locale}`;
  const paths = ["learn/", "guide/", "rules/", "playground", "benchmark"];
  return paths.map((path, i) => {
    const folder = path.endsWith("/");
    return { text: doors[locale][i], link: `${root}/${path}`, activeMatch: folder ? `^${root}/${path}` : undefined };
  });
}

export default defineConfig({
  title: "simdescent",
  description: "Optimizers in WebAssembly SIMD, for whoever trains or fits in JavaScript",
  base,
  srcDir: "pages",
  cleanUrls: true,
  lastUpdated: false,
  // The theme's fonts come from the visitor's system: 73 to 156 kB less for each page.
  head: [
    [
      "link",
      {
        rel: "icon",
        href: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><path d='M2 2c0 12 4 12 6 10s4-2 6-2' fill='none' stroke='%233b6fd4' stroke-width='2'/></svg>",
      },
    ],
  ],
  locales: {
    root: { label: "English", lang: "en", themeConfig: { nav: nav("en"), sidebar: sidebar("en") } },
    ko: {
      label: "한국어",
      lang: "ko",
      description: "자바스크립트로 학습하거나 적합하는 사람을 위한 WebAssembly SIMD 옵티마이저",
      themeConfig: { nav: nav("ko"), sidebar: sidebar("ko"), ...korean },
    },
  },
  themeConfig: {
    search: {
      provider: "local",
      options: { locales: { ko: { translations: koreanSearch } }, miniSearch: { options: { tokenize } } },
    },
  },
  markdown: {
    image: { lazyLoad: true },
    config(md) {
      md.use(tex, {
        render: (formula, displayMode) => temml.renderToString(formula, { displayMode, throwOnError: true, annotate: false }),
      });
    },
  },
  vue: {
    features: { optionsAPI: false },
    template: { compilerOptions: { isCustomElement: (tag) => tag === "math" || /^(m[a-z]+|semantics|annotation)$/.test(tag) } },
  },
  vite: {
    plugins: [islandStyles],
    resolve: { alias: { simdescent: fileURLToPath(new URL("../../dist/index.js", import.meta.url)) } },
    worker: { format: "es" },
    // Vite does not follow workers of a package that it has bundled beforehand.
    optimizeDeps: { exclude: ["simdescent"] },
    server: { fs: { allow: [fileURLToPath(new URL("../..", import.meta.url))] } },
  },
});
