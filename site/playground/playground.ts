// The playground: views in tabs, what they share, and the state in the address.
import { element } from "./controls/control.js";
import { mountRacers } from "./controls/racers.js";
import { loadDocs } from "./docs/docs.js";
import { mountActions } from "./shell/actions.js";
import { mountBar } from "./shell/bar.js";
import { strings } from "./shell/strings.js";
import { makeTabs } from "./shell/tabs.js";
import { format, parse, type View, views } from "./state.js";
import { makeShell } from "./store.js";
import type { Mount, Mounted, MountView } from "./view.js";
import "./playground.css";
import "./shell/shell.css";

interface ViewEntry {
  readonly load: () => Promise<{ readonly mount: MountView }>;
  /** Whether the view is on a surface of two parameters. */
  readonly surface: boolean;
}

const entries: { readonly [view in View]: ViewEntry } = {
  race: { load: () => import("./race/mount.js"), surface: true },
  swarm: { load: () => import("./swarm/mount.js"), surface: true },
  basins: { load: () => import("./basins/mount.js"), surface: true },
  rates: { load: () => import("./rates/mount.js"), surface: true },
  training: { load: () => import("./training/mount.js"), surface: false },
  flat: { load: () => import("./flat/mount.js"), surface: false },
};

/** What a visitor without a link sees. */
const showcase = "on=rosenbrock&r=sgd&r=momentum&r=adam&tuned=1";

/** Milliseconds between a change and the new address. Browsers refuse too many. */
const addressDelay = 250;

export const mount: Mount = async (place, { locale, state }) => {
  const texts = strings[locale];
  const given = location.hash.length > 1 ? location.hash : (state ?? showcase);
  const shell = makeShell(locale, parse(given));
  const common = element("div");
  const side = element("div", { className: "pg-side" });
  const tabs = makeTabs(
    texts.viewList,
    views.map((view) => [view, texts.views[view]] as const),
    (view) => shell.change({ view: view as View }),
  );
  const top = element("div", { className: "pg-top" }, tabs.element);
  const box = element("div", { className: "pg pg-whole" }, top, element("div", { className: "pg-main" }, tabs.panel, side));
  side.append(common);
  place.append(box);

  let mounted: Mounted | undefined;
  let shown: View | undefined;
  let destroyed = false;

  async function showView(): Promise<void> {
    const { view } = shell.state;
    if (view === shown) return;
    shown = view;
    tabs.select(view);
    mounted?.destroy();
    mounted = undefined;
    side.hidden = !entries[view].surface;
    tabs.panel.replaceChildren(element("p", {}, texts.loading));
    try {
      const { mount: mountView } = await entries[view].load();
      if (shown !== view || destroyed) return;
      tabs.panel.replaceChildren();
      const made = await mountView(tabs.panel, shell);
      if (shown === view && !destroyed) mounted = made;
      else made.destroy();
    } catch (error) {
      if (shown === view)
        tabs.panel.replaceChildren(element("p", { className: "pg-error" }, texts.failed((error as Error).message)));
    }
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  let written = "";
  function writeAddress(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      written = format(shell.state);
      history.replaceState(history.state, "", `#${written}`);
    }, addressDelay);
  }

  /** A link opened on the same page, or the hash edited by hand. */
  function readAddress(): void {
    if (location.hash.slice(1) !== written) shell.change(parse(location.hash));
  }

  const stopChange = shell.onChange(() => {
    writeAddress();
    void showView();
  });
  addEventListener("hashchange", readAddress);
  const actions = mountActions(top, shell);
  const bar = mountBar(common, shell);
  await showView();
  const docs = await loadDocs();
  const racers = destroyed ? undefined : mountRacers(side, shell, docs);

  return {
    destroy() {
      destroyed = true;
      stopChange();
      clearTimeout(timer);
      removeEventListener("hashchange", readAddress);
      mounted?.destroy();
      actions.destroy();
      bar.destroy();
      racers?.destroy();
      box.remove();
    },
  };
};
