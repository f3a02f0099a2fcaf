/** What a module adds to the admin API: routes as data, and what a call and its reply are. */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.admin;
