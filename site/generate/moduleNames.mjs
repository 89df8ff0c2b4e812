// A plugin of TypeDoc: names each module as programs import it.
// @ts-check

/** The first part of a folder's name that imports leave out. */
const left = /^(index$|adapters\/)/;

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on("resolveBegin", ({ project }) => {
    for (const module of project.children ?? []) {
      const name = module.name.replace(left, "");
      module.name = name === "" ? "simdescent" : `simdescent/${name}`;
    }
  });
}
