package dev.penstock.spi.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.ListenReader.Place;
import dev.penstock.spi.testing.TestSettings;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListenReaderTest {
  private static final String USUAL = "tcp://127.0.0.1:1";

  private final Problems problems = new Problems();

  private ListenReader reader(Map<String, ?> module) {
    return new ListenReader(
        TestSettings.block("modules.demo", module), ListenAddress.EXAMPLES, problems);
  }

  private List<Place> read(Object... listeners) {
    return reader(Map.of("listen", List.of(listeners))).readAll(USUAL);
  }

  @Test
  void onePlaceIsAListOfOne() {
    assertThat(reader(Map.of("listen", "tcp://h:1")).readAll())
        .extracting(Place::address)
        .containsExactly(Optional.of(new ListenAddress.Tcp("h", 1)));
  }

  @Test
  void whoSaysNothingListensInTheUsualPlaceIfThereIsOne() {
    assertThat(reader(Map.of()).readAll()).isEmpty();
    assertThat(reader(Map.of()).readAll(USUAL))
        .extracting(Place::address)
        .containsExactly(Optional.of(new ListenAddress.Tcp("127.0.0.1", 1)));
    assertThat(problems.isEmpty()).isTrue();
  }

  @Test
  void anEmptyListIsAMistakeOfWhoeverHasAUsualPlace() {
    assertThat(reader(Map.of("listen", List.of())).readAll()).isEmpty();
    assertThat(problems.isEmpty()).isTrue();

    assertThat(read()).isEmpty();
    assertThat(problems.inOrder()).singleElement().asString().contains("listen is empty");
  }

  @Test
  void aUnixSocketIsItsOwnersAloneUnlessItSaysOtherwise() {
    List<Place> places =
        read("unix:a.sock", Map.of("address", "unix:b.sock", "mode", "660", "group", "kvm"));

    assertThat(places.getFirst().access()).isEqualTo(SocketAccess.OWNER_ALONE);
    assertThat(places.getLast().access())
        .isEqualTo(
            new SocketAccess(
                PosixFilePermissions.fromString("rw-rw----"),
                Optional.empty(),
                Optional.of("kvm")));
  }

  @Test
  void theModuleFindsItsOwnSettingsInTheBlock() {
    Block block = read(Map.of("address", "tcp://h:1", "colour", "red")).getFirst().block();
    assertThat(block.optionalText("colour", problems)).contains("red");
    block.refuseOtherKeys(problems);
    assertThat(problems.isEmpty()).isTrue();

    Block another = read(Map.of("address", "tcp://h:1", "colour", "red")).getFirst().block();
    another.refuseOtherKeys(problems);
    assertThat(problems.inOrder()).singleElement().asString().contains("colour is no key");
  }

  @Test
  void noPlaceIsThereTwiceButPortsThatAreAnyFreeOne() {
    read("tcp://h:0", "tcp://h:0", "unix:a.sock", Map.of("address", "unix:a.sock"));
    assertThat(problems.inOrder()).singleElement().asString().contains("a.sock is there twice");
  }

  @Test
  void aListHasNoListInside() {
    assertThat(read(List.of("tcp://h:1"))).isEmpty();
    assertThat(problems.inOrder()).singleElement().asString().contains("no list inside");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          address=tcp:h             | "tcp:h" is no address; write tcp://127
          address=                  | address is empty
          mode=0600                 | address is missing
          address=unix:a,mode=rw    | "rw"; it takes one such as 0660
          address=tcp://h:1,owner=a | owner is for unix sockets
          address=systemd:a,mode=600 | SocketMode
          """)
  void everyMistakeIsTold(String settings, String told) {
    Map<String, Object> block = new HashMap<>();
    for (String one : settings.split(",", -1))
      block.put(one.split("=", -1)[0], one.split("=", -1)[1]);

    read(block);

    assertThat(problems.inOrder())
        .extracting(Problems.Problem::what)
        .anyMatch(what -> what.startsWith("modules.demo") && what.contains(told));
  }

  @Test
  void aPathThatNoSocketCanHaveIsTold() {
    read("unix:/" + "a".repeat(ListenAddress.UNIX_PATH_BYTES_MAX - 1));
    assertThat(problems.isEmpty()).isTrue();

    read("unix:/" + "a".repeat(ListenAddress.UNIX_PATH_BYTES_MAX));
    assertThat(problems.inOrder()).singleElement().asString().contains("longer than the 90 bytes");
  }
}
