/** Volumes that another NBD server has: an NBD client as a store of the kind {@code upstream}. */
@org.jspecify.annotations.NullMarked
package dev.penstock.nbd.upstream;
