import { z } from 'zod';

// Zod compiles the checks of each object into a function when it is first used, which pays for itself over many
// documents. An action reads one, and starts sooner without (docs/benchmarks.md). Zod asks for it as an object schema
// is made: this has to be imported before the first one.
z.config({ jitless: true });
