/** Resolves every host name to this machine, in a process that starts with `--require` of this file. */
const dns = require("node:dns");

const found = { address: "127.0.0.1", family: 4 };

dns.lookup = (_host, options, callback) => {
  if (options.all) callback(null, [found]);
  else callback(null, found.address, found.family);
};
dns.promises.lookup = async (_host, { all } = {}) => (all ? [found] : found);
