// Prints one line per check in the form that `cargo conform` reads.
async function check(name, body, limitMs = 40000) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([body(), limit]);
    console.log(`CHECK\t${name}\tpassed\t`);
  } catch (problem) {
    console.error(problem);
    console.log(`CHECK\t${name}\tfailed\t${String(problem).replace(/[\t\n]+/g, ' ')}`);
  } finally {
    clearTimeout(timer);
  }
}

function equal(what, expected, actual) {
  const [left, right] = [JSON.stringify(expected), JSON.stringify(actual)];
  if (left !== right) throw new Error(`${what}: expected ${left}, got ${right}`);
}

async function fails(type, body) {
  try {
    await body();
  } catch (problem) {
    const found = problem.type || (problem.cause && problem.cause.type) || (problem.errors && problem.errors[0].type);
    equal('error', type, found);
    return;
  }
  throw new Error(`expected ${type}, got no error`);
}

function done() {
  console.log('DONE');
  process.exit(0);
}

module.exports = { check, equal, fails, done };
