import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.hl7.fhir.r5.comparison.ComparisonSession;
import org.hl7.fhir.r5.comparison.ResourceComparer.ResourceComparison;
import org.hl7.fhir.r5.context.IWorkerContext;
import org.hl7.fhir.r5.model.StructureDefinition;
import org.hl7.fhir.utilities.FhirPublication;
import org.hl7.fhir.utilities.i18n.RenderingI18nContext;
import org.hl7.fhir.utilities.validation.ValidationMessage;
import org.hl7.fhir.validation.ValidationEngine;

/**
 * HL7's comparer of profiles without a network: two packages of R4 as arguments; for each structure that both define,
 * a line of the output with its canonical and the messages as JSON.
 */
public class Hl7Comparer {
  public static void main(String[] packages) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    IWorkerContext left = load(packages[0]);
    IWorkerContext right = load(packages[1]);
    String prefix = packages[0].substring(0, packages[0].indexOf('#'));
    for (StructureDefinition mine : left.fetchResourcesByType(StructureDefinition.class)) {
      StructureDefinition other = right.fetchResource(StructureDefinition.class, mine.getUrl());
      boolean ours = mine.hasSourcePackage() && mine.getSourcePackage().getId().equals(prefix);
      if (other == null || !ours)
        continue;
      JsonObject verdict = new JsonObject();
      verdict.addProperty("url", mine.getUrl());
      JsonArray told = new JsonArray();
      try {
        ResourceComparison found =
            new ComparisonSession(new RenderingI18nContext(), left, right, "both", null, null).compare(mine, other);
        for (ValidationMessage message : found.getMessages()) {
          JsonObject one = new JsonObject();
          one.addProperty("path", message.getLocation());
          one.addProperty("text", message.getMessage());
          told.add(one);
        }
      } catch (Exception | StackOverflowError failure) {
        verdict.addProperty("failure", failure.toString());
      }
      verdict.add("messages", told);
      out.println(verdict);
    }
  }

  private static IWorkerContext load(String name) throws Exception {
    ValidationEngine engine = new ValidationEngine.ValidationEngineBuilder().withVersion("4.0.1")
        .withCanRunWithoutTerminologyServer(true).withNoTerminologyServer().fromSource("hl7.fhir.r4.core#4.0.1");
    engine.connectToTSServer((String) null, null, FhirPublication.fromCode("4.0.1"), false);
    engine.getIgLoader().loadIg(engine.getIgs(), engine.getBinaries(), name, false);
    engine.prepare();
    return engine.getContext();
  }
}
