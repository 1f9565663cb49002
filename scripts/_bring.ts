import { bringUp } from "/work/f/scripts/lib/proofs/sandbox";
import { withRequired } from "/work/f/scripts/lib/proofs/record";
const [stack, ...services] = process.argv.slice(2);
bringUp(stack as any, withRequired(services as any)).catch((e) => { console.error(String(e).slice(-3000)); process.exit(1); });
