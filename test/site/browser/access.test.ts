// Accessibility: axe on every kind of page in light and dark, the keyboard, reduced motion.
import { AxeBuilder } from "@axe-core/playwright";
import { describe, expect, inject, test } from "vitest";
import { views } from "../../../site/playground/state.js";
import { useChromium, type Visit, withPage } from "./chromium.js";
import { english, viewsOf } from "./pages.js";
import { pictures } from "./pictures.js";

useChromium();

const playgrounds = inject("pages").filter((page) => english(page) === "playground");
const kinds = /^($|learn\/|benchmark$|glossary$|rules\/adam$|guide\/threads$)/;
const checked = inject("pages").filter((page) => kinds.test(english(page)));

/** The rules of axe that read colors. The others find the same in light and dark. */
const ofColors = ["color-contrast", "link-in-text-block"];

async function violations({ page }: Visit, colors: "light" | "dark"): Promise<string[]> {
  await page.emulateMedia({ colorScheme: colors });
  await page.waitForFunction((dark) => document.documentElement.classList.contains("dark") === dark, colors === "dark");
  await page.addStyleTag({ content: "*, ::before, ::after { transition: none !important }" });
  // The legacy mode needs no second page. It leaves out frames of other hosts only.
  const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).setLegacyMode();
  const { violations } = await (colors === "dark" ? axe.withRules(ofColors) : axe).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${colors}: ${id}: ${target}: ${failureSummary}`),
  );
}

test("there are pages of each kind, in both languages", () => {
  expect(playgrounds.length).toBe(2);
  expect(checked.length).toBeGreaterThan(2 * 10);
});

describe("axe finds nothing, in light and dark", () => {
  test.concurrent.each([...checked, ...playgrounds.flatMap((page) => viewsOf(page, views))])("/%s", async (path) => {
    await withPage(path, { reducedMotion: "reduce" }, async (visit) => {
      const light = await violations(visit, "light");
      expect([...light, ...(await violations(visit, "dark"))]).toEqual([]);
    });
  });
});

/** What a visitor can use of a program in the page, with a number each. Opens what is folded. */
function controlsOf(selector: string): string[] {
  const island = document.querySelector(selector) as HTMLElement;
  for (const details of island.querySelectorAll("details")) details.open = true;
  const controls = island.querySelectorAll<HTMLElement>("a[href], button, input, select, textarea, summary, [tabindex='0']");
  const usable = [...controls].filter((control) => control.checkVisibility() && !control.matches(":disabled"));
  // The arrow keys reach the other buttons of a group, and the other tabs.
  const reached = usable.filter((control) => {
    if (control.role === "tab") return control.tabIndex === 0;
    if (!(control instanceof HTMLInputElement) || control.type !== "radio" || control.checked) return true;
    const group = [...island.querySelectorAll<HTMLInputElement>(`input[type=radio][name="${control.name}"]`)];
    return !group.some(({ checked }) => checked) && group[0] === control;
  });
  return reached.map((control, i) => {
    control.dataset.reached = String(i);
    return control.outerHTML.slice(0, 200);
  });
}

describe("every control is reached by the Tab key", () => {
  test.each(viewsOf("playground", views))("/%s", async (path) => {
    await withPage(path, { reducedMotion: "reduce" }, async ({ page }) => {
      const controls = await page.evaluate(controlsOf, ".island-playground");
      expect(controls.length).toBeGreaterThan(10);
      await page.locator("[data-reached='0']").focus();
      const reached = new Set<string | undefined>();
      for (let presses = 0; presses < 2 * controls.length; presses++) {
        const at = await page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.reached);
        reached.add(at);
        if (at === String(controls.length - 1)) break;
        await page.keyboard.press("Tab");
      }
      expect(controls.filter((_, i) => !reached.has(String(i)))).toEqual([]);
    });
  });
});

test("the arrow keys reach every view", async () => {
  await withPage("playground", { reducedMotion: "reduce" }, async ({ page }) => {
    await page.getByRole("tab", { selected: true }).focus();
    const reached: string[] = [];
    for (const _ of views) {
      await page.keyboard.press("ArrowRight");
      reached.push(await page.evaluate(() => document.activeElement?.textContent ?? ""));
    }
    expect(reached.sort()).toEqual((await page.getByRole("tab").allTextContents()).sort());
    expect(reached.length).toBe(views.length);
  });
});

describe("reduced motion", () => {
  test("the playground plays only when asked", async () => {
    await withPage("playground", { reducedMotion: "reduce" }, async ({ page }) => {
      const before = await pictures(page);
      await page.waitForTimeout(500);
      expect(await pictures(page)).toBe(before);
      await page.keyboard.press("Space");
      await page.waitForTimeout(500);
      expect(await pictures(page)).not.toBe(before);
    });
  });

  test("the pictures of the home page stand still", async () => {
    await withPage("", { reducedMotion: "reduce" }, async ({ page }) => {
      const before = await pictures(page);
      await page.waitForTimeout(500);
      expect(await pictures(page)).toBe(before);
    });
  });
});
