import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import Island from "./Island.vue";
import "./style.css";

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component("Island", Island);
  },
} satisfies Theme;
