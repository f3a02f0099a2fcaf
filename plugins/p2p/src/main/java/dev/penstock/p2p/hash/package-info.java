/** What keys say of content, and whether content is that. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.hash;
