package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.RawPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What of a folder is on the disk, and what is in memory only: the content of a file is durable as
 * it was when the file was last synced, and the names in a folder are as they were when the folder
 * was. What is not may be there after a power cut or not, as {@link Survivors} say.
 *
 * <p>So a file can be there without its content, a folder without its files, and what was moved at
 * both places or at none. File systems promise more than that; none promises less. What was written
 * in the middle of a file and not synced comes as a beginning of it.
 *
 * <p><b>Threads.</b> One at a time.
 */
final class PageCache {
  /** What survives of what was not synced. */
  enum Survivors {
    NOTHING(0, false, false),
    NAMES_WITHOUT_CONTENT(0, true, true),
    NAMES_AND_HALF_OF_THE_CONTENT(0.5, true, true),
    CONTENT_WITHOUT_NAMES(1, false, false),
    NAMES_OF_EVERY_OTHER_FOLDER(0, true, false),
    NAMES_OF_THE_OTHER_FOLDERS(0.5, false, true),
    EVERYTHING(1, true, true);

    private final double content;
    private final boolean evenNames;
    private final boolean oddNames;

    Survivors(double content, boolean evenNames, boolean oddNames) {
      this.content = content;
      this.evenNames = evenNames;
      this.oddNames = oddNames;
    }

    private boolean hasNames(int depth) {
      return depth % 2 == 0 ? evenNames : oddNames;
    }

    private byte[] content(byte[] synced, byte[] now) {
      int more = Math.max(0, now.length - synced.length);
      int length = synced.length + (int) (more * content);
      return length == synced.length ? synced : Arrays.copyOf(now, length);
    }
  }

  /** A file or a folder, whatever it is called. */
  private static final class Node {
    private final boolean isFolder;
    private byte[] synced = {};
    private Map<String, Node> names = Map.of();

    private Node(boolean isFolder) {
      this.isFolder = isFolder;
    }
  }

  private final Path root;
  private final Map<Long, Node> live = new HashMap<>();

  /** All that is there is durable. */
  PageCache(Path root) {
    this.root = root;
    scan(root);
  }

  private void scan(Path path) {
    made(path);
    Node node = node(path);
    if (!node.isFolder) {
      node.synced = bytes(path);
      return;
    }
    children(path).forEach(this::scan);
    node.names = namesNow(path);
  }

  private Node node(Path path) {
    return Optional.ofNullable(live.get(inode(path)))
        .orElseThrow(() -> new AssertionError(path + " was made behind the model's back"));
  }

  private static Path path(RawPath path) {
    return Path.of(path.toString());
  }

  /** Something new has this name. */
  void made(RawPath path) {
    made(path(path));
  }

  private void made(Path path) {
    live.put(inode(path), new Node(Files.isDirectory(path)));
  }

  /** Of what has this name, if anything. */
  OptionalLong number(RawPath path) {
    return Files.exists(path(path)) ? OptionalLong.of(inode(path(path))) : OptionalLong.empty();
  }

  /** It has no name any more: its number may be another's soon. */
  void gone(OptionalLong number) {
    number.ifPresent(live::remove);
  }

  void synced(RawPath path, FileChannel file) {
    try {
      ByteBuffer all = ByteBuffer.allocate((int) file.size());
      while (all.hasRemaining() && file.read(all, all.position()) >= 0) {}
      node(path(path)).synced = all.array();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void syncedNames(RawPath folder) {
    Path path = path(folder);
    if (path.startsWith(root)) node(path).names = namesNow(path);
  }

  private Map<String, Node> namesNow(Path folder) {
    Map<String, Node> names = new TreeMap<>();
    for (Path child : children(folder)) names.put(child.getFileName().toString(), node(child));
    return names;
  }

  /** Makes a folder of what is there after a power cut. */
  void survive(Survivors how, Path into) {
    Map<Node, Path> paths = new HashMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      all.forEach(path -> paths.put(node(path), path));
      copy(node(root), paths, how, into, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void copy(Node node, Map<Node, Path> paths, Survivors how, Path into, int depth)
      throws IOException {
    Optional<Path> now = Optional.ofNullable(paths.get(node));
    if (!node.isFolder) {
      byte[] bytes = now.map(PageCache::bytes).orElse(node.synced);
      Files.write(into, how.content(node.synced, bytes));
    } else {
      Files.createDirectories(into);
      Map<String, Node> names =
          now.filter(_ -> how.hasNames(depth)).map(this::namesNow).orElse(node.names);
      for (Map.Entry<String, Node> one : names.entrySet())
        copy(one.getValue(), paths, how, into.resolve(one.getKey()), depth + 1);
    }
    if (now.isPresent())
      Files.setPosixFilePermissions(into, Files.getPosixFilePermissions(now.get()));
  }

  private static List<Path> children(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long inode(Path path) {
    try {
      return (long) Files.getAttribute(path, "unix:ino");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
