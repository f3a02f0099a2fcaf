/**
 * The packaged gateway, as its users start it: a child process, real clients, no class of a plugin.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.e2e;
