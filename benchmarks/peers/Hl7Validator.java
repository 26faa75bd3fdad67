import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import org.hl7.fhir.r5.elementmodel.Manager.FhirFormat;
import org.hl7.fhir.r5.model.OperationOutcome.OperationOutcomeIssueComponent;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;
import org.hl7.fhir.r5.utils.validation.constants.ReferenceValidationPolicy;
import org.hl7.fhir.utilities.FhirPublication;
import org.hl7.fhir.validation.ValidationEngine;
import org.hl7.fhir.validation.instance.advisor.BasePolicyAdvisorForFullValidation;

/**
 * HL7's validator without a network, kept warm: packages as arguments, the release's own first; on each line of the
 * input a name, a tab and a resource; on each line of the output the name, the time and the issues as JSON.
 */
public class Hl7Validator {
  public static void main(String[] packages) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    String release = packages[0].substring(packages[0].indexOf('#') + 1);
    ValidationEngine engine = new ValidationEngine.ValidationEngineBuilder().withVersion(release)
        .withCanRunWithoutTerminologyServer(true).withNoTerminologyServer().fromSource(packages[0]);
    engine.connectToTSServer((String) null, null, FhirPublication.fromCode(release), false);
    for (int i = 1; i < packages.length; i++)
      engine.getIgLoader().loadIg(engine.getIgs(), engine.getBinaries(), packages[i], false);
    engine.setBestPracticeLevel(BestPracticeWarningLevel.Warning);
    engine.getDefaultInstanceValidatorParameters().setAssumeValidRestReferences(true).setAllowExampleUrls(true);
    engine.setPolicyAdvisor(new BasePolicyAdvisorForFullValidation(
        ReferenceValidationPolicy.CHECK_TYPE_IF_EXISTS, new HashSet<>()));
    engine.prepare();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      int tab = line.indexOf('\t');
      JsonObject verdict = new JsonObject();
      verdict.addProperty("id", line.substring(0, tab));
      JsonArray issues = new JsonArray();
      long started = System.nanoTime();
      try {
        byte[] body = line.substring(tab + 1).getBytes(StandardCharsets.UTF_8);
        var outcome = engine.validate(body, FhirFormat.JSON, new ArrayList<>(), new ArrayList<>());
        verdict.addProperty("micros", (System.nanoTime() - started) / 1000);
        for (OperationOutcomeIssueComponent issue : outcome.getIssue()) {
          JsonObject told = new JsonObject();
          told.addProperty("severity", issue.getSeverity().toCode());
          told.addProperty("path", issue.hasExpression() ? issue.getExpression().get(0).getValue() : "");
          told.addProperty("text", issue.getDetails().getText());
          issues.add(told);
        }
      } catch (Exception | StackOverflowError failure) {
        verdict.addProperty("failure", failure.toString());
      }
      verdict.add("issues", issues);
      out.println(verdict);
    }
  }
}
