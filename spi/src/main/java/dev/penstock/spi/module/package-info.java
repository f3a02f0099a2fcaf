/** Services that the gateway runs, and what each may use of the gateway. */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.module;
