using System.Text.Json.Serialization;
using Jobtree.Actors.Operations;
using Jobtree.Api.Requests;
using Jobtree.Api.Routes;
using Jobtree.Core.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Jobtree.Api.Contract;

/// <summary>The OpenAPI document, generated once from the route table and served as bytes.</summary>
internal static class ApiDocument
{
    private const string Name = "v1";
    private const string Path = "/openapi/v1.json";

    public static void AddApiDocument(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(1, OperationsJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(2, ModelJson.Default);
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            foreach (var converter in ModelJson.Default.Options.Converters)
                json.SerializerOptions.Converters.Add(converter);
        });
        services.AddOpenApi(Name, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddSchemaTransformer(Schemas.Describe);
            options.AddDocumentTransformer(async (document, context, cancellation) =>
            {
                await Schemas.Add(document, context, cancellation);
                Paths.Add(document, context.ApplicationServices.GetRequiredService<RouteTable>().Routes);
            });
        });
    }

    public static void MapApiDocument(this IEndpointRouteBuilder routes)
    {
        var provider = routes.ServiceProvider.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name);
        var written = new Lazy<Task<byte[]>>(() => Write(provider));
        routes.MapGet(Path, async (HttpContext http) =>
        {
            var bytes = await written.Value.WaitAsync(http.RequestAborted);
            http.Response.ContentType = MediaTypes.Json;
            http.Response.ContentLength = bytes.Length;
            await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
        });
    }

    private static async Task<byte[]> Write(IOpenApiDocumentProvider provider)
    {
        var document = await provider.GetOpenApiDocumentAsync();
        using var bytes = new MemoryStream();
        await document.SerializeAsJsonAsync(bytes, OpenApiSpecVersion.OpenApi3_1);
        return bytes.ToArray();
    }
}
