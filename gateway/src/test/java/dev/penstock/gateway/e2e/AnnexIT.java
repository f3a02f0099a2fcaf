package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Real git-annex clients work with a repository that the gateway serves as they do with git-annex's
 * own server, and git-annex finds nothing wrong in it afterwards.
 */
@Timeout(300)
class AnnexIT extends ServedAnnex {
  private static final long LARGE_BYTES = 24 << 20;

  AnnexIT() {
    super("all");
  }

  @Test
  void whatIsCopiedThereIsThereAndComesBack() {
    String key = client.add("file", 100_000);

    client.run("git annex copy --to gw file");
    assertThat(served.has(key)).isTrue();
    client.run("git annex fsck --fast --from gw file");
    client.run("git annex drop file"); // the copy there is locked meanwhile
    assertThat(client.has(key)).isFalse();
    client.run("git annex get file");

    assertThat(client.has(key)).isTrue();
    client.fsck();
    served.knowing(client).fsck();
  }

  @Test
  void whatIsMovedIsInOnePlaceOnly() {
    String key = client.add("file", 5000);

    client.run("git annex move --to gw file");
    assertThat(served.has(key)).isTrue();
    assertThat(client.has(key)).isFalse();
    client.run("git annex move --from gw file");

    assertThat(served.has(key)).isFalse();
    assertThat(client.has(key)).isTrue();
    client.fsck();
    served.knowing(client).fsck();
  }

  @Test
  void theLastCopyIsNotDropped() {
    String key = client.add("file", 5000);
    client.run("git annex move --to gw file");

    Peer.Result dropped = client.call("git annex drop --from gw file");

    assertThat(dropped.exit()).as(dropped.text()).isNotZero();
    assertThat(served.has(key)).isTrue();
  }

  @Test
  void aCopyIsDroppedThereOnlyWhileAnotherIsLocked() {
    String key = client.add("file", 5000);
    client.run("git annex copy --to gw file");

    client.run("git annex drop --from gw file");

    assertThat(served.has(key)).isFalse();
    assertThat(client.has(key)).isTrue();
    served.knowing(client).fsck();
  }

  @Test
  void anInterruptedPutGoesOnWhereItWas() throws Exception {
    String key = client.add("large", LARGE_BYTES);
    try (var slow = client.start("git -c annex.bwlimit=2MB annex copy --to gw large")) {
      gateway.await(() -> Files.exists(partial(key)) && Files.size(partial(key)) > 1 << 20);
      assertThat(slow.isAlive()).isTrue();
    }

    client.run("git annex copy --to gw large");

    assertThat(served.has(key)).isTrue();
    assertThat(gateway.receivedBytes()).isLessThan(LARGE_BYTES + (1 << 20));
    served.knowing(client).fsck();
  }

  private Path partial(String key) {
    return served.path().resolve(".git/annex/tmp").resolve(key);
  }

  @Test
  void anInterruptedGetGoesOnWhereItWas() throws Exception {
    String key = client.add("large", LARGE_BYTES);
    client.run("git annex copy --to gw large && git annex drop large");
    Path partial = client.path().resolve(".git/annex/tmp").resolve(key);
    try (var slow = client.start("git -c annex.bwlimit=2MB annex get large")) {
      gateway.await(() -> Files.exists(partial) && Files.size(partial) > 1 << 20);
      assertThat(slow.isAlive()).isTrue();
    }

    client.run("git annex get large");

    assertThat(client.has(key)).isTrue();
    client.fsck();
  }

  @Test
  void whatIsNoLongerWhatItWasIsNotTaken() throws Exception {
    String key = client.add("file", 100_000);
    client.run("git annex copy --to gw file && git annex drop file");
    spoil(object(served, key));

    Peer.Result got = client.call("git annex get file");

    assertThat(got.exit()).as(got.text()).isNotZero();
    assertThat(client.has(key)).isFalse();
  }

  private static Path object(AnnexRepository in, String key) {
    String location =
        in.run("git annex contentlocation " + AnnexRepository.quoted(key)).out().strip();
    return in.path().resolve(location);
  }

  private static void spoil(Path object) {
    if (!object.toFile().setWritable(true)) throw new AssertionError(object + " stays as it is");
    try (var file = new RandomAccessFile(object.toFile(), "rw")) {
      file.seek(50_000);
      file.write(new byte[16]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void oddNamesOfFilesAndKeysAreNamesLikeAnyOther() {
    List<String> odd =
        List.of("per%cent & amp", "[brackets]", "colon:comma,", "ümläut", "plus+hash#question?");
    for (String name : odd) client.add(name, 1000, "WORM");
    client.run(
        "printf 'x' > \"$(printf 'not-\\377-utf8')\" && git annex add -q . && git commit -qm odd");

    client.run("git annex copy --to gw .");
    client.run("git annex drop . && git annex get . && git annex fsck --fast --from gw .");

    client.fsck();
    served.knowing(client).fsck();
    assertThat(served.run("git annex info --json . >&2; git annex find --anything | wc -l").exit())
        .isZero();
  }

  @Test
  void twoClientsPutOneKeyAtOnceAndBothEndWell() {
    String key = client.add("large", LARGE_BYTES);
    client.run("git clone -q . ../other && cd ../other && git annex init -q other");
    AnnexRepository other = client.cloned("other").remote("gw", served.uuid(), gateway.url());
    other.run("git remote add first ../client && git annex get -q large --from first");

    try (var one = client.start("git annex copy --to gw large");
        var two = other.start("git annex copy --to gw large")) {
      assertThat(one.await(Peer.LIMIT).exit()).isZero();
      assertThat(two.await(Peer.LIMIT).exit()).isZero();
    }

    assertThat(served.has(key)).isTrue();
    served.knowing(client).fsck();
  }

  @Test
  void fortyFilesGoSideBySide() {
    for (int i = 0; i < 40; i++) client.run("head -c 20000 /dev/urandom > f%d".formatted(i));
    client.run("git annex add -q . && git commit -qm many");

    client.run("git annex copy -J4 --to gw .");
    client.run("git annex drop -J4 . && git annex get -J4 .");

    client.fsck();
    served.knowing(client).fsck();
  }
}
