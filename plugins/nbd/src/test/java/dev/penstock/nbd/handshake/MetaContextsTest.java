package dev.penstock.nbd.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Option;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** "many" offers base:allocation, x-test:dirty and x-test:depth; "demo" the first of them. */
class MetaContextsTest {
  private final Negotiation negotiation = new Negotiation();

  @ParameterizedTest(name = "list {0}: {1}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          -                            | base:allocation x-test:dirty x-test:depth
          base:                        | base:allocation
          x-test:                      | x-test:dirty x-test:depth
          base:allocation              | base:allocation
          x-test:depth base:allocation | base:allocation x-test:depth
          x-test:dirty x-test:         | x-test:dirty x-test:depth
          x-test:dirty x-test:dirty    | x-test:dirty
          qemu:                        | ''
          qemu:dirty-bitmap:now        | ''
          x-test                       | ''
          base:alloc                   | ''
          """)
  void aListIsOfEverythingOfANamespaceOrOfNames(String queries, String listed) {
    negotiation.receive(structured().listContext("many", words(queries)).toBytes());
    assertThat(negotiation.replies())
        .startsWith("8: ACK")
        .endsWith("9: ACK")
        .filteredOn(reply -> reply.startsWith("9: CONTEXT"))
        .containsExactlyElementsOf(
            List.of(words(listed)).stream().map(name -> "9: CONTEXT 0 " + name).toList());
  }

  @ParameterizedTest(name = "set {0}: {1}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          -                            | ''
          base:                        | ''
          base:allocation              | 1 base:allocation
          x-test:depth                 | 3 x-test:depth
          x-test:depth base:allocation | 1 base:allocation,3 x-test:depth
          x-test:dirty x-test:dirty    | 2 x-test:dirty
          qemu:dirty x-test:dirty      | 2 x-test:dirty
          """)
  void aSelectionIsByFullNamesAloneAndGivesEachItsNumber(String queries, String selected) {
    negotiation.receive(structured().setContext("many", words(queries)).go("many").toBytes());
    List<String> wanted = selected.isEmpty() ? List.of() : List.of(selected.split(","));
    assertThat(negotiation.replies())
        .filteredOn(reply -> reply.startsWith("10: CONTEXT"))
        .containsExactlyElementsOf(wanted.stream().map(one -> "10: CONTEXT " + one).toList());
    assertThat(negotiation.contexts()).isEqualTo(wanted);
  }

  @Test
  void aNumberMeansTheSameInEverySelectionOfAConnection() {
    negotiation.receive(
        structured()
            .setContext("many", "base:allocation", "x-test:depth")
            .setContext("many", "x-test:depth")
            .go("many")
            .toBytes());
    assertThat(negotiation.contexts()).containsExactly("3 x-test:depth");
  }

  @Test
  void aContextSetForTheExportOfGoMayBeAskedFor() {
    negotiation.receive(structured().setContext("demo", "base:allocation").go("demo").toBytes());
    assertThat(negotiation.replies()).contains("10: CONTEXT 1 base:allocation", "10: ACK");
    assertThat(negotiation.contexts()).containsExactly("1 base:allocation");
  }

  @Test
  void aContextSetForAnotherExportIsWorthNothing() {
    negotiation.receive(structured().setContext("other", "base:allocation").go("demo").toBytes());
    assertThat(negotiation.contexts()).isEmpty();
  }

  @Test
  void theDefaultExportAskedForByItsNameIsAnotherOne() {
    negotiation.receive(structured().setContext("demo", "base:allocation").go("").toBytes());
    assertThat(negotiation.contexts()).isEmpty();
  }

  @Test
  void everySelectionReplacesTheOneBeforeEvenIfItFails() {
    negotiation.receive(
        structured()
            .setContext("demo", "base:allocation")
            .setContext("nobody", "base:allocation")
            .go("demo")
            .toBytes());
    assertThat(negotiation.contexts()).isEmpty();
  }

  @Test
  void contextsNeedStructuredReplies() {
    negotiation.receive(
        new ClientBytes()
            .fixedNoZeroes()
            .setContext("demo", "base:allocation")
            .listContext("demo")
            .go("demo")
            .toBytes());
    assertThat(Negotiation.kinds(negotiation.replies())).startsWith("10: INVALID", "9: INVALID");
    assertThat(negotiation.contexts()).isEmpty();
  }

  @Test
  void extendedHeadersDoAsWell() {
    negotiation.receive(
        new ClientBytes()
            .fixedNoZeroes()
            .option(Option.EXTENDED_HEADERS)
            .setContext("demo", "base:allocation")
            .go("demo")
            .toBytes());
    assertThat(negotiation.contexts()).containsExactly("1 base:allocation");
  }

  @Test
  void moreContextsThanAnAnswerHasRoomForAreRefusedAndNoneIsSelected() {
    String[] all =
        IntStream.range(0, MetaContext.SELECTED_MAX + 1)
            .mapToObj(i -> "x-test:" + i)
            .toArray(String[]::new);
    negotiation.receive(structured().setContext("crowd", all).go("crowd").toBytes());
    assertThat(Negotiation.kinds(negotiation.replies())).contains("10: TOO_BIG");
    assertThat(negotiation.contexts()).isEmpty();
  }

  private static String[] words(String line) {
    if (line == null) return new String[0];
    return line.isEmpty() ? new String[0] : line.split(" ");
  }

  private static ClientBytes structured() {
    return new ClientBytes().fixedNoZeroes().option(Option.STRUCTURED_REPLY);
  }
}
