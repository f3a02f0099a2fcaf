/**
 * What travels on the gateway's event bus: small immutable records of this process, never block
 * data.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.bus;
