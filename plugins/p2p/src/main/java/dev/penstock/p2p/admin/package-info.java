/** What the module adds to the admin API. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.admin;
