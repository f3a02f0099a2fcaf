/** Which gateway owns a volume, as each of them remembers it. */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.ownership;
