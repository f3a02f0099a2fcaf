package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.p2p.disk.Stat;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A repository that was found on the disk, and that is kept in the way that this plugin knows.
 *
 * @param path as it was configured
 * @param onlySecureHashes whether content has to have a key that nobody can make other content for
 */
record Repository(Path path, Layout layout, String uuid, boolean onlySecureHashes) {
  /** How git-annex locks content differs before; none is known after. */
  private static final String VERSION = "10";

  private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

  /**
   * Looks for it. {@link GatewayError.Unavailable} if there is none in the folder now; {@link
   * GatewayError.Unsupported} or {@link GatewayError.Invalid} if it is kept in another way.
   */
  static Repository find(Disk disk, Path path) {
    RawPath folder = RawPath.of(real(path));
    RawPath dotGit = folder.resolve(".git");
    Optional<Stat> inTree = disk.stat(dotGit);
    RawPath git = inTree.isEmpty() ? folder : inTree.get().isFile() ? linked(disk, dotGit) : dotGit;
    byte[] text = disk.read(common(disk, git).resolve("config")).orElseThrow(() -> away(path));
    RawPath main = common(disk, git);
    GitConfig config = GitConfig.parse(main.resolve("config").toString(), new String(text, UTF_8));
    requireKnown(path, config);
    String uuid =
        config
            .text("annex.uuid")
            .filter(value -> !value.isBlank())
            .orElseThrow(() ->
                new GatewayError.Invalid(
                    "%s has no annex.uuid: run git annex init there".formatted(path)));
    boolean bare = inTree.isEmpty() && config.isSet("core.bare");
    return new Repository(
        path, new Layout(main, bare), uuid, config.isSet("annex.securehashesonly"));
  }

  /** Other processes' locks are on the file itself, whatever it is called. */
  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException _) {
      throw away(path);
    }
  }

  /** A working tree's {@code .git} may be a file that names the folder. */
  private static RawPath linked(Disk disk, RawPath dotGit) {
    String text = new String(disk.read(dotGit).orElse(new byte[0]), UTF_8).strip();
    if (!text.startsWith("gitdir:"))
      throw new GatewayError.Damaged(
          "%s does not say gitdir: where git's folder is".formatted(dotGit));
    return dotGit.parent().resolve(text.substring("gitdir:".length()).strip());
  }

  /** Working trees of one repository have its content together. */
  private static RawPath common(Disk disk, RawPath git) {
    return disk.read(git.resolve("commondir"))
        .map(text -> git.resolve(new String(text, UTF_8).strip()))
        .orElse(git);
  }

  private static void requireKnown(Path path, GitConfig config) {
    Optional<String> tuned = config.startingWith("annex.tune.");
    if (tuned.isPresent())
      throw unsupported(path, "has " + tuned.get() + ": its files are at other places");
    if (config.isSet("annex.pidlock"))
      throw unsupported(path, "has annex.pidlock: its locks are others");
    if (config.isSet("annex.crippledfilesystem"))
      throw unsupported(path, "is on a file system without permissions (annex.crippledfilesystem)");
    String version = config.text("annex.version").orElse(VERSION);
    if (!version.equals(VERSION))
      throw unsupported(
          path, "has version %s, not %s: run git annex upgrade there".formatted(version, VERSION));
  }

  private static GatewayError unsupported(Path path, String why) {
    return new GatewayError.Unsupported("%s %s".formatted(path, why));
  }

  static GatewayError away(Path path) {
    return new GatewayError.Unavailable(
        Scope.RESOURCE,
        LOOK_AGAIN,
        "there is no repository in %s: mount it, or correct its path".formatted(path));
  }

  /** What is not there says nothing once the whole repository is not there: it was unmounted. */
  void requireThere(Disk disk) {
    if (disk.stat(layout.git().resolve("config")).isEmpty()) throw away(path);
  }
}
