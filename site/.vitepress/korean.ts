// The texts of the theme in Korean.
import type { DefaultTheme } from "vitepress";

export const korean: DefaultTheme.Config = {
  outline: { label: "이 페이지에서" },
  docFooter: { prev: "이전", next: "다음" },
  darkModeSwitchLabel: "화면 테마",
  lightModeSwitchTitle: "밝은 화면으로 바꾸기",
  darkModeSwitchTitle: "어두운 화면으로 바꾸기",
  sidebarMenuLabel: "메뉴",
  returnToTopLabel: "맨 위로",
  langMenuLabel: "언어 바꾸기",
  skipToContentLabel: "본문으로 건너뛰기",
  notFound: {
    title: "페이지를 찾을 수 없습니다",
    quote: "주소를 확인하거나 처음 페이지에서 찾아보십시오.",
    linkLabel: "처음 페이지로 가기",
    linkText: "처음 페이지로",
  },
};

export const koreanSearch: DefaultTheme.LocalSearchOptions["translations"] = {
  button: { buttonText: "검색", buttonAriaLabel: "검색" },
  modal: {
    displayDetails: "자세한 목록 보기",
    resetButtonTitle: "검색어 지우기",
    backButtonTitle: "검색 닫기",
    noResultsText: "찾지 못했습니다:",
    footer: {
      selectText: "선택",
      selectKeyAriaLabel: "엔터",
      navigateText: "이동",
      navigateUpKeyAriaLabel: "위 화살표",
      navigateDownKeyAriaLabel: "아래 화살표",
      closeText: "닫기",
      closeKeyAriaLabel: "이스케이프",
    },
  },
};
