package dev.penstock.p2p.annex;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PreferredExpressionTest {
  private static final String UUID = AnnexFixture.UUID;

  private static final String USUAL =
      """
      # standard backup = anything
      # standard source = not (copies=1)
      groupwanted big = largerthan=1mb or standard
      groupwanted round = groupwanted
      #groupwanted none =
      wanted 99999999-9999-4999-8999-999999999999 = nothing
      group 99999999-9999-4999-8999-999999999999 = source
      """;

  private static String settings(String groups, String wanted) {
    return USUAL + "group %s = %s%nwanted %s = %s%n".formatted(UUID, groups, UUID, wanted);
  }

  @ParameterizedTest(name = "in [{0}], {1}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''            | include=*.jpg           | include=*.jpg
          backup        | include=standard        | include=standard
          backup        | standard                | (anything)
          backup mine   | not (standard or x=y)   | not ((anything) or x=y)
          mine          | standard                | (present)
          ''            | standard                | (present)
          backup source | standard                | (present)
          big source    | groupwanted             | (largerthan=1mb or (not (copies=1)))
          big           | groupwanted             | (largerthan=1mb or (present))
          big round     | groupwanted             | (present)
          round         | groupwanted or standard | ((present)) or (present)
          none          | groupwanted             | (present)
          """)
  void hasInItWhatItsWordsStandFor(String groups, String wanted, String expression) {
    assertThat(PreferredExpression.of(settings(groups, wanted), UUID)).contains(expression);
  }

  @Test
  void isNoneWhereNothingIsPreferred() {
    assertThat(PreferredExpression.of(USUAL, UUID)).isEmpty();
    assertThat(PreferredExpression.of(settings("backup", ""), UUID)).isEmpty();
    assertThat(PreferredExpression.of("#wanted %s = nothing%n".formatted(UUID), UUID)).isEmpty();
  }

  @Test
  void isNotToBeFoundOutWithoutWhatAWordStandsFor() {
    String none = "group %s = backup%nwanted %s = standard%n".formatted(UUID, UUID);

    assertThat(PreferredExpression.of(none, UUID)).isEmpty();
  }
}
