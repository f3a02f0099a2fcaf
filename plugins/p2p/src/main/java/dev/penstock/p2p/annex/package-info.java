/** Repositories of git-annex on a disk of this machine, as git-annex itself keeps them. */
@org.jspecify.annotations.NullMarked
package dev.penstock.p2p.annex;
