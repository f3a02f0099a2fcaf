/** How answers and bytes get from one Vert.x context to another, and how long they may take. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.flow;
