/** Writes volumes to NBD servers that are no gateways, flexnbd's listener among them. */
@org.jspecify.annotations.NullMarked
package dev.penstock.nbd.mirror;
