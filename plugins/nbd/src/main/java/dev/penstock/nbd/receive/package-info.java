/** Receives volumes from flexnbd: an old-style listener that knows when all has come. */
@org.jspecify.annotations.NullMarked
package dev.penstock.nbd.receive;
