/** The NBD module: exports of volumes, served to clients of the Network Block Device protocol. */
@org.jspecify.annotations.NullMarked
package dev.penstock.nbd;
