/** Exports: which volume goes by which name, who uses it, and how it is asked to hold still. */
@org.jspecify.annotations.NullMarked
package dev.penstock.nbd.export;
