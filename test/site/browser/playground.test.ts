// A link to the playground gives the same numbers in every browser as in Node, and the same picture again.
import { describe, expect, test } from "vitest";
import { makeRacer } from "../../../site/playground/racers.js";
import { format, parse, views } from "../../../site/playground/state.js";
import { surfaceOf } from "../../../site/playground/surfaces.js";
import { useChromium, withPage } from "./chromium.js";
import { inFirefox } from "./firefox.js";
import { pictures } from "./pictures.js";

useChromium();

/** Races of 30 steps: their links. */
const links = [
  "v=1&on=rosenbrock&r=sgd,lr:0.0005&r=momentum,lr:0.0002&r=adam,lr:0.05&t=30",
  "v=1&on=beale&from=1,1.5&r=nadam,lr:0.1&r=lion,lr:0.01&r=scheduleFreeAdamw,lr:0.05&t=30",
  "v=1&on=classification&r=sgd&r=rmsprop&t=30&tuned=1",
];

/** The positions that Node computes, with all digits. */
function expected(link: string): string[] {
  const state = parse(link);
  const surface = surfaceOf(state.surface, state.settings);
  return state.racers.map((setup) => {
    const racer = makeRacer(setup, surface, state);
    for (let step = 0; step < state.step; step++) racer.step();
    return `${racer.point[0]} ${racer.point[1]}`;
  });
}

/** The positions that the page shows, as soon as it has computed them. Runs in the page. */
function positions(document: Document): string[] | undefined {
  const found = [...document.querySelectorAll<HTMLElement>("[data-position]")].map(({ dataset }) => dataset.position ?? "");
  return found.length > 0 ? found : undefined;
}

describe.each(links)("#%s", (link) => {
  test("the link is the text of its state", () => {
    expect(format(parse(link))).toBe(link);
  });

  test("30 steps in Chromium end where they end in Node", async () => {
    const shown = await withPage(`playground#${link}`, {}, async ({ page }) => {
      await page.waitForSelector("[data-position]");
      return page.evaluate(`(${positions})(document)`);
    });
    expect(shown).toEqual(expected(link));
  });

  test("the link gives the same picture again", async () => {
    const options = { reducedMotion: "reduce" } as const;
    const [first, second] = [
      await withPage(`playground#${link}`, options, ({ page }) => pictures(page)),
      await withPage(`playground#${link}`, options, ({ page }) => pictures(page)),
    ];
    expect(second).toBe(first);
    const later = link.replace("t=30", "t=29");
    expect(await withPage(`playground#${later}`, options, ({ page }) => pictures(page))).not.toBe(first);
  });
});

test("30 steps in Firefox end where they end in Node", async () => {
  const shown = await inFirefox(
    links.map((link) => `playground#${link}`),
    positions,
  );
  expect(shown).toEqual(links.map(expected));
});

describe('"copy code"', () => {
  test.each(views)("copies a program from the view %s", async (view) => {
    const options = { permissions: ["clipboard-read", "clipboard-write"], reducedMotion: "reduce" as const };
    const code = await withPage(`playground#v=1&view=${view}&t=5`, options, async ({ page }) => {
      await page.getByRole("button", { name: "Copy code" }).click();
      await page.waitForFunction(() => document.querySelector(".pg-message")?.textContent !== "");
      return page.evaluate(() => navigator.clipboard.readText());
    });
    expect(code).toMatch(/^import \{ .* \} from "simdescent";\n/);
    // The training loads its images from the site.
    const address = code.match(/const address = "(.*)";/)?.[1];
    expect(address !== undefined).toBe(view === "training");
    if (address) expect((await fetch(address)).status).toBe(200);
  });
});
