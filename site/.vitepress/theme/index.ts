import { type Theme, useRoute } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { nextTick, onMounted, watch } from "vue";
import Island from "./Island.vue";
import "./style.css";

/** Pages without a sidebar have no main landmark in VitePress. */
const addLandmark = () => document.querySelector(".VPHome, .VPPage")?.setAttribute("role", "main");

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component("Island", Island);
  },
  setup() {
    const route = useRoute();
    onMounted(addLandmark);
    watch(
      () => route.path,
      () => nextTick(addLandmark),
    );
  },
} satisfies Theme;
