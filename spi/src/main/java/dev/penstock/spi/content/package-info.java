/** Content by key: what git-annex keeps in a repository, wherever that is. */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.content;
