/** Drops the conditions that lead to the sources, which are not packed. */
function dropSources(exported) {
  if (typeof exported !== 'object' || exported === null) return exported;
  const kept = Object.entries(exported).filter(([condition]) => condition !== 'source');
  return Object.fromEntries(kept.map(([condition, target]) => [condition, dropSources(target)]));
}

module.exports = {
  hooks: {
    beforePacking({ devDependencies, scripts, exports: exported, ...manifest }) {
      return { ...manifest, exports: dropSources(exported) };
    },
  },
};
