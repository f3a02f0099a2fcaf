/** Certificates of servers, and how they stay as new as their files. */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.tls;
