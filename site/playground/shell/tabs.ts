// A list of tabs, one for each view. Arrow keys, Home and End move between them.
import { element } from "../controls/control.js";

export interface Tabs {
  readonly element: HTMLElement;
  readonly panel: HTMLElement;
  select(name: string): void;
}

export function makeTabs(
  label: string,
  names: readonly (readonly [name: string, title: string])[],
  onSelect: (name: string) => void,
): Tabs {
  const panel = element("div", { id: "pg-panel", tabIndex: -1 });
  panel.setAttribute("role", "tabpanel");
  const tabs = names.map(([name, title]) => {
    const tab = element("button", { type: "button", id: `pg-tab-${name}`, className: "pg-tab" }, title);
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    tab.addEventListener("click", () => onSelect(name));
    return tab;
  });
  const list = element("div", { className: "pg-tabs" }, ...tabs);
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", label);
  list.addEventListener("keydown", (event) => {
    const current = tabs.indexOf(event.target as HTMLButtonElement);
    const last = tabs.length - 1;
    const targets: { readonly [key: string]: number } = {
      ArrowLeft: current === 0 ? last : current - 1,
      ArrowRight: current === last ? 0 : current + 1,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (current < 0 || target === undefined) return;
    event.preventDefault();
    tabs[target].focus();
    onSelect(names[target][0]);
  });
  return {
    element: list,
    panel,
    select(name) {
      for (const [i, tab] of tabs.entries()) {
        const selected = names[i][0] === name;
        tab.setAttribute("aria-selected", String(selected));
        tab.tabIndex = selected ? 0 : -1;
      }
      panel.setAttribute("aria-labelledby", `pg-tab-${name}`);
    },
  };
}
