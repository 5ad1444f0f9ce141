module.exports = async function stopPostgresForJest() {
  await globalThis.__taskerTestPostgres?.stop();
};
