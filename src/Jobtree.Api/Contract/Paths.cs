using System.Text.Json.Nodes;
using Jobtree.Api.Access;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Api.Routes;
using Microsoft.OpenApi;

namespace Jobtree.Api.Contract;

/// <summary>Describes the routes in the OpenAPI document.</summary>
internal static class Paths
{
    private const string Scheme = "token";

    public static void Add(OpenApiDocument document, IReadOnlyList<ApiRoute> routes)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Jobtree",
            Version = "v1",
            Description =
                "Gangs of GPU work on a shared fleet, under budgets. Failures are problem documents (RFC 9457) with " +
                "a stable code.",
        };
        // The document names no server, because a fixed one would be wrong behind a proxy.
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer",
                    Description = "A token of the host's token file; not needed on loopback where there is none.",
            },
        };
        document.Tags = routes.Select(route => route.Tag).Distinct().Select(tag => new OpenApiTag { Name = tag })
            .ToHashSet();
        document.Paths = [];
        foreach (var path in routes.GroupBy(route => route.Pattern))
        {
            var item = new OpenApiPathItem();
            foreach (var route in path)
                item.AddOperation(HttpMethod.Parse(route.Method), Operation(document, route));
            document.Paths.Add(path.Key.Replace("{**", "{", StringComparison.Ordinal), item);
        }
    }

    private static OpenApiOperation Operation(OpenApiDocument document, ApiRoute route)
    {
        var operation = new OpenApiOperation
        {
            OperationId = OperationName(route),
            Summary = route.Summary,
            Description = route.Description,
            Tags = new HashSet<OpenApiTagReference> { new(route.Tag, document) },
            Parameters = [.. PathParameters(route.Pattern), .. route.Query.Select(QueryParameter)],
            Responses = Responses(document, route),
            RequestBody = route.Body is null ? null : RequestBody(document, route),
        };
        if (route.IsCommand)
            operation.Parameters.Add(IdempotencyKey());
        if (route.Role is { } role)
        {
            operation.Security = [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
            operation.Description = $"{operation.Description} Role: {role.ToString().ToLowerInvariant()}.".TrimStart();
        }

        return operation;
    }

    private static IEnumerable<IOpenApiParameter> PathParameters(string pattern) =>
        pattern.Split('/')
            .Where(part => part.StartsWith('{'))
            .Select(part => new OpenApiParameter
            {
                Name = part.Trim('{', '}', '*'), In = ParameterLocation.Path, Required = true,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });

    private static OpenApiParameter QueryParameter(QueryParameter parameter) => new()
    {
        Name = parameter.Name,
        In = ParameterLocation.Query,
        Description = parameter.Description,
        Schema = new OpenApiSchema
        {
            Type = parameter.Type switch { "integer" => JsonSchemaType.Integer, "boolean" => JsonSchemaType.Boolean,
                _ => JsonSchemaType.String },
            Enum = parameter.Words is null ? null : [.. parameter.Words.Select(word => (JsonNode)word)],
        },
    };

    private static OpenApiParameter IdempotencyKey() => new()
    {
        Name = OperationId.Header,
        In = ParameterLocation.Header,
        Description =
            "The command's id: repeating a command with the same id does nothing twice. Absent: the API makes one, " +
            "and names it in the answer where it can.",
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = OperationId.LengthMax,
            Pattern = "^[!-~]+$" },
    };

    private static OpenApiRequestBody RequestBody(OpenApiDocument document, ApiRoute route)
    {
        var content = new Dictionary<string, OpenApiMediaType> { [MediaTypes.Json] = Media(document, route.Body!) };
        if (route.TakesManifests)
            content[MediaTypes.Yaml] = Media(document, route.Body!);
        return new OpenApiRequestBody { Required = true, Content = content };
    }

    private static OpenApiResponses Responses(OpenApiDocument document, ApiRoute route)
    {
        var content = new Dictionary<string, OpenApiMediaType> { [route.AnswerType] = Media(document, route.Answer) };
        if (route.Query.Any(parameter => parameter.Name == "watch"))
            content[MediaTypes.EventStream] = Media(document, "Text");
        return new OpenApiResponses
        {
            ["200"] = new OpenApiResponse { Description = "Done.", Content = content },
            ["4XX"] = Problem(document, "Refused; nothing was changed. "),
            ["5XX"] = Problem(document, "Not answered. "),
        };
    }

    private static OpenApiResponse Problem(OpenApiDocument document, string meaning) => new()
    {
        Description = meaning + "See the problem's code.",
        Content = new Dictionary<string, OpenApiMediaType> { [ProblemWriter.ContentType] = Media(document, "Problem") },
    };

    private static OpenApiMediaType Media(OpenApiDocument document, string schema) =>
        new() { Schema = new OpenApiSchemaReference(schema, document) };

    // GET /v1/runs/{namespace}/{name}/plan becomes getRunsNamespaceNamePlan, which is as stable as the route.
    private static string OperationName(ApiRoute route) =>
        string.Concat(route.Pattern.Split('/', '{', '}', '*')
            .Where(part => part.Length > 0 && part != "v1")
            .Select(part => char.ToUpperInvariant(part[0]) + part[1..])
            .Prepend(route.Method.ToLowerInvariant()));
}
