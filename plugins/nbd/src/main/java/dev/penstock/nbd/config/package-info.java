/** The settings of an NBD module, and the limits that hold everywhere in it. */
@org.jspecify.annotations.NullMarked
package dev.penstock.nbd.config;
