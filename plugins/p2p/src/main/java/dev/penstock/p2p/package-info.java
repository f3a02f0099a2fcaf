/** Content of git-annex repositories over HTTP: served, proxied and clustered. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p;
