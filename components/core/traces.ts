/**
 * Pulumi makes an error without a message for each of its promises and resources, to keep where that was. To find these places
 * in TypeScript's lines is a third of the program's time, and nobody reads them: such errors have no stack. All others do.
 */
const mapped = Error.prepareStackTrace;

Error.prepareStackTrace = (error, frames) => {
  if (error.message === "") return String(error);
  return mapped ? mapped(error, frames) : [error, ...frames].join("\n    at ");
};
