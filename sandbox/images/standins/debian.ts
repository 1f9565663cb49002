/** Where most of what is no Java and no Go is from: as a package, checked by its signatures. */
export const debian = "Debian trixie";
