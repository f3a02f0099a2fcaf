package dev.penstock.nbd.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContextQueryTest {
  private static final String MONDAY = ChangedSince.PREFIX + "monday";

  @ParameterizedTest(name = "{0} of \"{1}\": monday {2}, anything changed {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          LIST |                                 | true  | true
          LIST | penstock:                       | true  | true
          LIST | penstock:changed-since:         | true  | true
          LIST | penstock:changed-since:monday   | true  | true
          LIST | penstock:changed-since:sunday   | false | true
          LIST | penstock:changed-since:mon      | false | true
          LIST | penstock                        | false | false
          LIST | base:                           | false | false
          LIST | base: penstock:                 | true  | true
          LIST | qemu:dirty-bitmap:monday        | false | false
          SET  |                                 | false | false
          SET  | penstock:                       | false | false
          SET  | penstock:changed-since:         | false | true
          SET  | penstock:changed-since:monday   | true  | true
          SET  | base:allocation                 | false | false
          """)
  void aNamespaceIsAllOfItOnlyInAList(String option, String words, boolean monday, boolean any) {
    List<String> all = words == null ? List.of() : List.of(words.split(" "));
    var query = new ContextQuery(option.equals("LIST"), all);
    assertThat(query.asksFor(MONDAY)).isEqualTo(monday);
    assertThat(query.asksForAnyOf(ChangedSince.PREFIX)).isEqualTo(any);
  }
}
