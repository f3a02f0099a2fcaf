/** What the NBD module adds to the admin API. */
@org.jspecify.annotations.NullMarked
package dev.penstock.nbd.admin;
