/** An NBD client, up to one connection: what upstream volumes, mirrors and receptions share. */
@org.jspecify.annotations.NullMarked
package dev.penstock.nbd.client;
