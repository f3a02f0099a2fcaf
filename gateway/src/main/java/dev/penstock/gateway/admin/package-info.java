/**
 * The admin API: one table of routes, with one place for who may, what is written down, what is
 * measured and how failures are told.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.admin;
