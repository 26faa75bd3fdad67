import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import org.hl7.fhir.r5.model.ValueSet;
import org.hl7.fhir.r5.terminologies.expansion.ValueSetExpansionOutcome;
import org.hl7.fhir.utilities.FhirPublication;
import org.hl7.fhir.validation.ValidationEngine;

/** Expands value sets offline. Arguments: packages, a core one first; input: a url a line; output: url, OK or why not, codes. */
public class Hl7Expander {
  public static void main(String[] packages) throws Exception {
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    System.setOut(System.err);
    String release = packages[0].substring(packages[0].indexOf('#') + 1);
    ValidationEngine engine = new ValidationEngine.ValidationEngineBuilder().withVersion(release)
        .withCanRunWithoutTerminologyServer(true).withNoTerminologyServer().fromSource(packages[0]);
    engine.connectToTSServer((String) null, null, FhirPublication.fromCode(release), false);
    for (int i = 1; i < packages.length; i++)
      engine.getIgLoader().loadIg(engine.getIgs(), engine.getBinaries(), packages[i], false);
    engine.prepare();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String url = in.readLine(); url != null; url = in.readLine()) out.println(url + "\t" + expand(engine, url));
  }

  static String expand(ValidationEngine engine, String url) {
    try {
      ValueSet found = engine.getContext().fetchResource(ValueSet.class, url);
      if (found == null) return "absent";
      ValueSetExpansionOutcome outcome = engine.getContext().expandVS(found, false, false);
      return outcome.isOk() ? list(outcome.getValueset()) : "cannot: " + flat(String.valueOf(outcome.getError()));
    } catch (Exception error) {
      return "cannot: " + flat(String.valueOf(error));
    }
  }

  static String list(ValueSet set) {
    StringBuilder told = new StringBuilder("OK\t" + set.getVersion());
    Deque<ValueSet.ValueSetExpansionContainsComponent> waiting = new ArrayDeque<>(set.getExpansion().getContains());
    while (!waiting.isEmpty()) {
      ValueSet.ValueSetExpansionContainsComponent item = waiting.pop();
      if (item.hasCode()) told.append("\t" + item.getSystem() + "|" + item.getCode());
      for (ValueSet.ValueSetExpansionContainsComponent inner : item.getContains()) waiting.push(inner);
    }
    return told.toString();
  }

  static String flat(String text) {
    return text.replaceAll("\\s+", " ");
  }
}
