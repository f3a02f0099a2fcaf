/** nbd. */
@org.jspecify.annotations.NullMarked
package dev.penstock.nbd;
