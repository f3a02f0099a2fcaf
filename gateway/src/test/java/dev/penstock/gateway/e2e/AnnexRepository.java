package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.Trixie;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A repository of a real git-annex, in the chroot of the peers; at the same time a client of other
 * repositories.
 */
final class AnnexRepository {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Trixie.Folder folder;
  private final String name;
  private final String uuid;

  private AnnexRepository(Trixie.Folder folder, String name, String uuid) {
    this.folder = folder;
    this.name = name;
    this.uuid = uuid;
  }

  /** With a working tree. */
  static AnnexRepository init(Trixie.Folder folder, String name) {
    return init(folder, name, "git init -q " + quoted(folder.inside(name)));
  }

  static AnnexRepository initBare(Trixie.Folder folder, String name) {
    return init(folder, name, "git init -q --bare " + quoted(folder.inside(name)));
  }

  private static AnnexRepository init(Trixie.Folder folder, String name, String made) {
    String uuid =
        shell(
                folder,
                made
                    + " && cd "
                    + quoted(folder.inside(name))
                    + " && git annex init -q "
                    + name
                    + " >&2 && git config annex.security.allowed-ip-addresses all"
                    + " && git config annex.uuid")
            .out()
            .strip();
    return new AnnexRepository(folder, name, uuid);
  }

  /** As processes outside of the chroot name it. */
  Path path() {
    return folder.file(name);
  }

  /** As processes in the chroot name it. */
  Path inside() {
    return folder.inside(name);
  }

  String uuid() {
    return uuid;
  }

  /** A clone of it that was made beside it. */
  AnnexRepository cloned(String called) {
    String its =
        shell(
                folder,
                "cd %s && git config annex.security.allowed-ip-addresses all && git config annex.uuid"
                    .formatted(quoted(folder.inside(called))))
            .out()
            .strip();
    return new AnnexRepository(folder, called, its);
  }

  /** What starts git-annex-shell for it, outside of the chroot: words of a YAML list. */
  String shellWords() {
    return Stream.of(
            Trixie.command(
                "/usr/bin/env", "HOME=" + folder.inside("."), "LC_ALL=C.UTF-8", "git-annex-shell"))
        .map("\"%s\""::formatted)
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /** Another repository, by way of a server that speaks the P2P protocol over HTTP. */
  AnnexRepository remote(String called, String uuid, String url) {
    run(
        ("git remote add %s http://127.0.0.1:1/unused && git config remote.%s.annexUrl '%s' &&"
                + " git config remote.%s.annex-uuid %s && git config remote.%s.annex-ignore false")
            .formatted(called, called, url, called, uuid, called));
    return this;
  }

  /** With these credentials, wherever some are wanted. */
  AnnexRepository credentials(String user, String password) {
    run(
        ("git config credential.helper '!f(){ test \"$1\" = get && printf"
                + " \"username=%s\\npassword=%s\\n\"; }; f'")
            .formatted(user, password));
    return this;
  }

  /**
   * A file with these many bytes of its own.
   *
   * @return its key
   */
  String add(String file, long bytes) {
    return added(file, "head -c %d /dev/urandom".formatted(bytes), "");
  }

  /** With another backend than usual: {@code WORM}. */
  String add(String file, long bytes, String backend) {
    return added(file, "head -c %d /dev/urandom".formatted(bytes), "--backend=" + backend);
  }

  private String added(String file, String content, String options) {
    return run("%s > %s && git annex add -q %s %s >&2 && git commit -qm add >&2 && git annex lookupkey %s"
            .formatted(content, quoted(file), options, quoted(file), quoted(file)))
        .out()
        .strip();
  }

  /** In the repository, by a shell; fails unless all is well. */
  Peer.Result run(String script) {
    return shell(folder, in(script));
  }

  /** Whatever comes of it. */
  Peer.Result call(String script) {
    return Peer.call(LIMIT, command(folder, in(script)));
  }

  /** Left running until it is closed. */
  Peer.Running start(String script) {
    return Peer.start(command(folder, in(script)));
  }

  private String in(String script) {
    return "cd %s && %s".formatted(quoted(inside()), script);
  }

  boolean has(String key) {
    Peer.Result there = call("git annex readpresentkey %s %s".formatted(quoted(key), uuid));
    Peer.Result content = call("git annex contentlocation " + quoted(key));
    assertThat(there.exit() == 0)
        .as("what the location log says of %s, and what is there: %s", key, content.text())
        .isEqualTo(content.exit() == 0);
    return content.exit() == 0;
  }

  /** What that one knows of who has what, as if both had been synchronized. */
  AnnexRepository knowing(AnnexRepository other) {
    run(
        "git fetch -q %s +git-annex:refs/remotes/%s/git-annex && git annex merge -q"
            .formatted(quoted(other.inside()), other.name));
    return this;
  }

  /**
   * Says which repositories are one, as whoever keeps a cluster does; they are remotes for as long.
   */
  AnnexRepository knowingCluster(String cluster, AnnexRepository... nodes) {
    run("git config annex.cluster.all " + cluster);
    for (AnnexRepository node : nodes)
      run(
          "git remote add to-%s %s && git config remote.to-%s.annex-cluster-node all"
              .formatted(node.name, quoted(node.inside()), node.name));
    run("git annex updatecluster");
    for (AnnexRepository node : nodes) run("git remote remove to-" + node.name);
    return this;
  }

  /** Everything is what it says it is. */
  void fsck() {
    Peer.Result checked = call("git annex fsck --all");
    assertThat(checked.exit()).as(checked.text()).isZero();
    assertThat(checked.text()).doesNotContain("failed", "fixing", "Bad content");
  }

  private static Peer.Result shell(Trixie.Folder folder, String script) {
    return Peer.run(command(folder, script));
  }

  private static Object[] command(Trixie.Folder folder, String script) {
    List<Object> words = new ArrayList<>(List.of("/usr/bin/env", "HOME=" + folder.inside(".")));
    words.add("LC_ALL=C.UTF-8");
    for (String who : List.of("AUTHOR", "COMMITTER"))
      words.addAll(
          List.of(
              "GIT_%s_NAME=penstock".formatted(who), "GIT_%s_EMAIL=p@localhost".formatted(who)));
    words.addAll(List.of("sh", "-c", script));
    return Trixie.command(words.toArray());
  }

  static String quoted(Object text) {
    return "'" + String.valueOf(text).replace("'", "'\\''") + "'";
  }
}
