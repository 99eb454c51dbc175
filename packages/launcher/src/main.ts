import { Command, InvalidArgumentError, Option } from 'commander';
import { bench } from './commands/bench';
import { benchGrowth } from './commands/benchGrowth';
import { benchStatus } from './commands/benchStatus';
import { BREAKS, type Break } from './commands/breaks';
import { browser } from './commands/browser';
import { demo } from './commands/demo';
import { e2e } from './commands/e2e';
import { reset } from './commands/reset';
import { start } from './commands/start';
import { statusTruth } from './commands/statusTruth';
import { test } from './commands/test';

function port(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 65535) {
    throw new InvalidArgumentError('a port is a whole number up to 65535');
  }
  return number;
}

function oneOfBreaks(value: string): Break {
  const known = BREAKS.find(name => name === value);
  if (!known) {
    throw new InvalidArgumentError(`choose one of ${BREAKS.join(', ')}`);
  }
  return known;
}

const program = new Command('./dev').description(
  'GitOps for Backstage: try it, test it, measure it',
);

program
  .command('start')
  .description('start the portal with its sandbox and tell the URL')
  .option('--port <port>', 'port of the portal', port, 3000)
  .option('--git-port <port>', "port of the sandbox's Git host", port, 3010)
  .option('--cluster-port <port>', "port of the sandbox's cluster", port, 3011)
  .option('--data <folder>', 'where state is kept', '.local')
  .option('--real', 'real Kubernetes, Flux and Gitea instead of the sandbox')
  .option('--verbose', "show the portal's log here instead of in a file")
  .action(start);

program
  .command('demo')
  .description('run the main job once, end to end, and check what came of it')
  .option('--json', 'print one JSON object')
  .option('--real', 'real Kubernetes, Flux and Gitea instead of the sandbox')
  .option(
    '--break <what>',
    `break one thing first: ${BREAKS.join(', ')}`,
    oneOfBreaks,
  )
  .option('--verbose', "show the portal's log on standard error")
  .action(demo);

program
  .command('test')
  .description('run all tests; arguments are handed to jest')
  .argument('[args...]')
  .allowUnknownOption()
  .action(test);

program
  .command('e2e')
  .description(
    'run the suites against real Kubernetes, Flux and Gitea (needs Go for the first build)',
  )
  .argument('[args...]')
  .allowUnknownOption()
  .action(e2e);

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) {
    throw new InvalidArgumentError('give a whole number from 1');
  }
  return number;
}

program
  .command('browser')
  .description(
    "drive the portal's pages with Chromium; arguments are handed to jest",
  )
  .argument('[args...]')
  .allowUnknownOption()
  .action(browser);

const benchCommand = program
  .command('bench')
  .description('measure the figures that the documentation gives')
  .option('--json', 'print one JSON object')
  .action(bench);

benchCommand
  .command('status')
  .description('put load on the status engine and measure how far behind it is')
  .option('--tier <name>', 'size of the load: L1, L2', 'L1')
  .addOption(
    new Option('--database <kind>', 'what the portal keeps its state in')
      .choices(['sqlite', 'postgres'])
      .default('postgres'),
  )
  .option('--seed <number>', 'of the order of changes', wholeNumber, 1)
  .option(
    '--seconds <number>',
    'another duration; nothing is written to docs then',
    wholeNumber,
  )
  .option('--no-peer', 'leave the polling pattern out')
  .action((_, command: Command) => benchStatus(command.optsWithGlobals()));

benchCommand
  .command('growth')
  .description('measure what more objects, clusters and viewers cost')
  .action(benchGrowth);

program
  .command('status-truth')
  .description(
    'compare how tools show what real controllers said, and write the page',
  )
  .action(statusTruth);

program
  .command('reset')
  .description('wipe what `./dev start` keeps')
  .option('--data <folder>', 'where state is kept', '.local')
  .action(reset);

program.parseAsync().catch(error => {
  process.stderr.write(
    `[dev] ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
