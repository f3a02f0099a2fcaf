/** How a module hands a volume over to another gateway, or to something that is none. */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.handoff;
