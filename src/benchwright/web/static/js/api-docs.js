// Shows the API's own OpenAPI document with Swagger UI.
const system = matchMedia("(prefers-color-scheme: dark)");

function followTheme() {
  const { theme } = document.documentElement.dataset;
  const isDark = theme ? theme === "dark" : system.matches;
  document.documentElement.classList.toggle("dark-mode", isDark);
}

/**
 * Swagger UI's parts without its frame, which has a `main` and a heading of its own; and without
 * links inside of buttons.
 */
const houseStyle = ({ React }) => ({
  components: {
    HouseLayout: ({ getComponent, specSelectors }) => {
      const part = (name) => React.createElement(getComponent(name, true));
      if (!specSelectors.specStr()) return React.createElement("p", { className: "card-body" }, "Loading…");
      return React.createElement(
        "div",
        { className: "swagger-ui" },
        React.createElement(getComponent("SvgAssets")),
        part("errors"),
        part("AuthorizeBtnContainer"),
        part("operations"),
        part("Models"),
      );
    },
    DeepLink: ({ text }) => React.createElement("span", null, text),
  },
});

document.addEventListener("themechange", followTheme);
window.addEventListener("DOMContentLoaded", () => {
  followTheme();
  SwaggerUIBundle({
    url: document.getElementById("swagger-ui").dataset.openapi,
    dom_id: "#swagger-ui",
    deepLinking: true,
    plugins: [houseStyle],
    layout: "HouseLayout",
    // The validator is another company's server.
    validatorUrl: null,
  });
});
